import { existsSync } from "node:fs";
import { join } from "node:path";
import { ACCOUNTS, BANK } from "../bank.ts";
import { LOG, makeDataSet } from "../data-set.ts";
import type { Chapter } from "./chapter.ts";

export const data: Chapter = {
  title: "An application with data",
  async play(stage) {
    const { screen, places, children } = stage;
    await makeDataSet(places.data);
    children.start("demo/append-log.ts", [join(places.data, LOG)]);
    children.start("demo/transfer-money.ts", [join(places.data, BANK)]);
    screen.say(`In ${places.data}:`);
    screen.line("", `${BANK}, a DuckDB database that a program has open, and moves money in all the time`);
    screen.line("", `(between ${ACCOUNTS} accounts, so that what they hold together stays the same)`);
    screen.line("", `${LOG}, to which another program appends a line every second`);
    screen.line("", "two parquet files that DuckDB wrote, one of them with a second name (a hardlink)");
    screen.line("", "two symlinks, one of which leads nowhere, and an empty directory");
    const written = [`${BANK}.wal`, LOG].map((name) => join(places.data, name));
    await stage.holds("both programs are writing", () => written.every((path) => existsSync(path)));
  },
};
