import { describe, expect, it } from "vitest";
import { PlainDumpExaminer } from "./exam-plain.ts";

const DUMP = `--
-- PostgreSQL database dump
--

-- Dumped from database version 15.8
-- Dumped by pg_dump version 15.9

--
-- Name: users; Type: TABLE; Schema: public; Owner: app
--
CREATE TABLE public.users (id integer);
--
-- Name: users_id_seq; Type: SEQUENCE; Schema: public; Owner: app
--
CREATE SEQUENCE public.users_id_seq;
COPY public.users (id) FROM stdin;
1
\\.

--
-- PostgreSQL database dump complete
--

`;

function examine(text: string, what: "database" | "cluster" = "database", chunkBytes = text.length) {
  const examiner = new PlainDumpExaminer(what);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes));
    examiner.push(chunk);
    chunk.fill(0);
  }
  return examiner.finish();
}

describe("a dump of pg_dump's plain format", () => {
  it.each([1, 7, 100, 10_000])("is counted in pieces of %i bytes", (chunkBytes) => {
    expect(examine(DUMP, "database", chunkBytes)).toMatchObject({
      objects: 2,
      facts: { tables: 1, sequences: 1, server: "15.8", tool: "15.9" },
    });
  });

  it("may end with the token of newer versions", () => {
    expect(examine(`${DUMP}\\unrestrict abcDEF\n\n`).objects).toBe(2);
  });

  it.each([0, 10, DUMP.length - 30])("cut to %i characters is none", (length) => {
    expect(() => examine(DUMP.slice(0, length))).toThrow("does not end with the line");
  });

  it("is none with statements behind its last line, or the end of another kind of dump", () => {
    expect(() => examine(`${DUMP}SELECT 1;\n`)).toThrow("does not end with the line");
    expect(() => examine(DUMP, "cluster")).toThrow("database cluster dump complete");
  });
});
