import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeInterventionJournalContract } from "../../test/contract/intervention-journal-contract.ts";
import { memoryJournal } from "../../test/fakes/memory-journal.ts";
import { temporaryDirectory } from "../../test/fakes/temporary-directory.ts";
import { openInterventionJournal } from "./intervention-journal.ts";

describeInterventionJournalContract("a file", () => openInterventionJournal(temporaryDirectory()));
describeInterventionJournalContract("the journal of the tests", memoryJournal);

describe("the journal in a file", () => {
  it("says of an entry that cannot be read what to do, and does not take it for none", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "intervention.json"), '{"id": "a"');
    const journal = openInterventionJournal(directory);
    await expect(journal.current()).rejects.toThrow(/not what was written there; see with `docker ps -a`/);
    expect(readdirSync(directory)).toEqual(["intervention.json"]);
  });
});
