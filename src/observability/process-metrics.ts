/** The few facts about the process that every Prometheus user looks for, under their customary names. */
import { Counter, Gauge, type Registry } from "prom-client";
import { SECOND } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";

export function addProcessMetrics(registry: Registry, clock: Clock): void {
  const registers = [registry];
  new Gauge({
    name: "process_start_time_seconds",
    help: "When the process started.",
    registers,
  }).set(Math.round(clock.now() / SECOND - process.uptime()));
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Memory that the process holds.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time that the process used, user and system.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / MICROSECONDS);
    },
  });
}

const MICROSECONDS = 1_000_000;
