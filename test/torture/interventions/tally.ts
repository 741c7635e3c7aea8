/** What the kills came to: how many of each kind, and how long it took until all ran again. */
import type { Hit, Shot } from "./shoot.ts";

export interface Counted {
  shot: Shot;
  hit: Hit;
  engineWas: string;
}

export class Tally {
  readonly #counted: Counted[] = [];

  count(one: Counted): void {
    this.#counted.push(one);
  }

  text(): string {
    const rows: [string, (one: Counted) => string][] = [
      ["moment", ({ shot, hit }) => `${shot.mode}, killed ${hit.moment}`],
      ["rescue", ({ shot }) => `${shot.mode}, ended by the ${shot.rescuer}`],
      ["engine", ({ shot, engineWas }) => `${shot.mode}, the engine was ${engineWas}`],
      [
        "services",
        ({ shot }) => `${shot.mode}, a service was ${shot.recreatesService ? "recreated" : "left alone"}`,
      ],
      [
        "holding",
        ({ shot, hit }) =>
          hit.moment === "holding" ? `killed while holding, ended by the ${shot.rescuer}` : "",
      ],
    ];
    const lines = rows.flatMap(([, kindOf]) => this.#lines(kindOf));
    return [`${this.#counted.length} kills; until all ran again, in ms: median, longest`, ...lines].join(
      "\n",
    );
  }

  #lines(kindOf: (one: Counted) => string): string[] {
    const kinds = [...new Set(this.#counted.map(kindOf))].filter((kind) => kind !== "").toSorted();
    return kinds.map((kind) => {
      const times = this.#counted
        .filter((one) => kindOf(one) === kind)
        .map(({ hit }) => Math.round(hit.releasedAfterMs))
        .toSorted((a, b) => a - b);
      return `${String(times.length).padStart(5)}  ${kind}: ${times[times.length >> 1]}, ${times.at(-1)}`;
    });
  }
}
