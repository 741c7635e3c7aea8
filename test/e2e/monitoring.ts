/** A real Prometheus and Alertmanager on the loopback interface, with the configs that are shipped, only quicker. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { onTestFinished } from "vitest";
import { parse, stringify } from "yaml";

import { freePort } from "../torture/interventions/free-port.ts";
import { waitUntil } from "./wait-until.ts";

const SHIPPED = fileURLToPath(new URL("../../config/prometheus/", import.meta.url));
const shipped = (name: string) => parse(readFileSync(SHIPPED + name, "utf8")) as never;

/** An alert as Alertmanager has it. */
export interface RoutedAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  status: { state: string };
}

interface Rules {
  groups: { interval?: string; rules: { alert: string; for?: string }[] }[];
}

interface ScrapeConfig {
  scrape_interval: string;
  static_configs: { targets: string[] }[];
}

interface Routes {
  route: object & { routes: object[] };
  receivers: { slack_configs: { api_url_file: string }[] }[];
}

const PATIENT = ["HoldfastDown", "HoldfastAbsent", "HoldfastLowSuccessRate"];

export class Monitoring {
  readonly #folder: string;
  readonly #ports: { prometheus: number; alertmanager: number };
  #running: ChildProcess[] = [];

  private constructor(folder: string, ports: { prometheus: number; alertmanager: number }) {
    this.#folder = folder;
    this.#ports = ports;
  }

  /** `target` is where Holdfast listens, `webhook` what takes the place of Slack. */
  static async start(folder: string, { target, webhook }: { target: string; webhook: string }) {
    mkdirSync(folder, { recursive: true });
    const ports = { prometheus: await freePort(), alertmanager: await freePort() };
    const monitoring = new Monitoring(folder, ports);
    monitoring.#write(target, webhook);
    onTestFinished(() => monitoring.kill());
    await monitoring.start();
    return monitoring;
  }

  /** Resolves once both are ready. Both know what they knew before. */
  async start(): Promise<void> {
    const { prometheus, alertmanager } = this.#ports;
    this.#running = [
      this.#spawn("prometheus-alertmanager", {
        "config.file": this.#path("alertmanager.yml"),
        "storage.path": this.#path("alertmanager"),
        "web.listen-address": `127.0.0.1:${alertmanager}`,
        "cluster.listen-address": "",
      }),
      this.#spawn("prometheus", {
        "config.file": this.#path("prometheus.yml"),
        "storage.tsdb.path": this.#path("prometheus"),
        "web.listen-address": `127.0.0.1:${prometheus}`,
        // Else an alert that Alertmanager did not take is sent again after a minute.
        "rules.alert.resend-delay": "1s",
      }),
    ];
    for (const port of [alertmanager, prometheus]) {
      await waitUntil(`an answer at port ${port}`, async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => undefined);
        return answer?.ok === true;
      });
    }
  }

  async kill(): Promise<void> {
    const running = this.#running.splice(0);
    for (const child of running) child.kill("SIGKILL");
    await Promise.all(
      running.map(async (child) => child.exitCode ?? child.signalCode ?? once(child, "close")),
    );
  }

  /** What Alertmanager has of our rules and is not over. */
  async firing(): Promise<RoutedAlert[]> {
    const answer = await fetch(`http://127.0.0.1:${this.#ports.alertmanager}/api/v2/alerts`);
    return (await answer.json()) as RoutedAlert[];
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #spawn(program: string, options: Record<string, string>): ChildProcess {
    const args = Object.entries({ ...options, "log.level": "error" }).map(
      ([name, value]) => `--${name}=${value}`,
    );
    return spawn(program, args, { stdio: "ignore" });
  }

  #write(target: string, webhook: string): void {
    const write = (name: string, content: unknown) => writeFileSync(this.#path(name), stringify(content));
    const rules = shipped("holdfast.rules.yml") as Rules;
    // What is gone for a moment when it is restarted, or bad after one failure of few runs, keeps its patience.
    for (const rule of rules.groups.flatMap((group) => group.rules)) {
      if (!PATIENT.includes(rule.alert)) delete rule.for;
    }
    write("holdfast.rules.yml", rules);
    const { scrape_configs: scrapes } = shipped("scrape.example.yml") as { scrape_configs: ScrapeConfig[] };
    for (const scrape of scrapes) {
      scrape.scrape_interval = "300ms";
      for (const targets of scrape.static_configs) targets.targets = [target];
    }
    write("prometheus.yml", {
      global: { evaluation_interval: "300ms", scrape_timeout: "300ms" },
      rule_files: ["holdfast.rules.yml"],
      alerting: {
        alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${this.#ports.alertmanager}`] }] }],
      },
      scrape_configs: scrapes,
    });
    const routes = shipped("alertmanager.example.yml") as Routes;
    Object.assign(routes.route, { group_wait: "0s", group_interval: "1s" });
    for (const slack of routes.receivers.flatMap((receiver) => receiver.slack_configs)) {
      slack.api_url_file = this.#path("webhook");
    }
    write("alertmanager.yml", routes);
    writeFileSync(this.#path("webhook"), webhook);
  }
}
