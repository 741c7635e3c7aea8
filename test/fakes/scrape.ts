/** Reads the Prometheus text format as far as tests ask. */

export interface Scrape {
  text: string;
  /** The value of one series, written as in the text; undefined when there is none. */
  value(series: string): number | undefined;
  /** The lines of one metric's series. */
  of(name: string): string[];
}

export function scrapeOf(text: string): Scrape {
  const lines = text.split("\n");
  return {
    text,
    value(series) {
      const line = lines.find((each) => each.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
    of: (name) => lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `)),
  };
}
