import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { formatSize } from "../../src/domain/human-text.ts";
import { DATABASE, LOG, makeDataSet, ORDERS } from "../data-set.ts";
import type { Chapter } from "./chapter.ts";

export const data: Chapter = {
  title: "An application with data",
  async play(stage) {
    const { screen, places, children } = stage;
    await makeDataSet(places.data);
    children.start("demo/append-log.ts", [join(places.data, LOG)]);
    const sizeOf = (name: string): string => formatSize(statSync(join(places.data, name)).size);
    screen.say(`In ${places.data}:`);
    screen.line("", `${DATABASE} (${sizeOf(DATABASE)}, ${ORDERS} orders), a closed DuckDB database`);
    screen.line("", "two parquet files that DuckDB wrote, one of them with a second name (a hardlink)");
    screen.line("", `${LOG}, to which another program appends a line every second`);
    screen.line("", "two symlinks, one of which leads nowhere, and an empty directory");
    await stage.holds("the log is being written", () => existsSync(join(places.data, LOG)));
  },
};
