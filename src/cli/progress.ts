/** Shows long work on stderr: one line that rewrites itself for a terminal, plain lines now and then otherwise. */
import { formatCount, formatSize } from "../domain/human-text.ts";
import { SECOND, type Milliseconds } from "../domain/instant.ts";
import type { Clock } from "../ports/clock.ts";
import type { RunProgress } from "../ports/run-observer.ts";
import type { Terminal } from "./terminal.ts";

const REDRAW_EVERY: Milliseconds = 100;
const LINE_EVERY: Milliseconds = 10 * SECOND;
const BAR_WIDTH = 24;

export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #startedAt: Milliseconds;
  #shownAt = Number.NEGATIVE_INFINITY;
  #drawn = false;

  constructor(terminal: Terminal, clock: Clock) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
  }

  update(label: string, progress: RunProgress): void {
    const now = this.#clock.monotonic();
    const isTerminal = this.#terminal.stderr.isTTY === true;
    if (now - this.#shownAt < (isTerminal ? REDRAW_EVERY : LINE_EVERY)) return;
    if (!isTerminal && this.#shownAt === Number.NEGATIVE_INFINITY) {
      // Nothing is printed for work that ends before the first interval has passed.
      this.#shownAt = now;
      return;
    }
    this.#shownAt = now;
    const text = progressText(label, progress, now - this.#startedAt);
    if (isTerminal) this.#redraw(text);
    else this.#terminal.stderr.write(`${text}\n`);
  }

  /** Removes the line, so that what is printed next starts at the margin. */
  clear(): void {
    if (this.#drawn) this.#terminal.stderr.write("\r\x1b[2K");
    this.#drawn = false;
  }

  #redraw(text: string): void {
    const room = (this.#terminal.stderr.columns ?? 80) - 1;
    this.#terminal.stderr.write(`\r\x1b[2K${text.slice(0, room)}`);
    this.#drawn = true;
  }
}

function progressText(label: string, progress: RunProgress, elapsed: Milliseconds): string {
  const rate = elapsed > SECOND ? `  ${formatSize((progress.bytes / elapsed) * SECOND)}/s` : "";
  const amount = `${formatCount(progress.files, "file")}  ${formatSize(progress.bytes)}`;
  return `${label}  ${progress.phase}  ${bar(progress)}${amount}${rate}`;
}

function bar({ bytes, totalBytes }: RunProgress): string {
  if (totalBytes === undefined || totalBytes <= 0) return "";
  const share = Math.min(1, bytes / totalBytes);
  const filled = Math.round(share * BAR_WIDTH);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}] ${Math.floor(share * 100)} %  `;
}
