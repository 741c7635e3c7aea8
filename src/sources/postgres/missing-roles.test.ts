import { describe, expect, it } from "vitest";
import { missingRoles, statementsOf } from "./missing-roles.ts";

const DUMP = `--
-- Roles; really
--
\\restrict abc
SET client_encoding = 'UTF8';
CREATE ROLE app;
ALTER ROLE app WITH LOGIN PASSWORD 'SCRAM-SHA-256$4096:a;b''c--d';
CREATE ROLE "Žluť ""x""";
ALTER ROLE "Žluť ""x""" SET search_path TO 'a;b', "c--d";
COMMENT ON ROLE app IS 'two
lines; of it';
CREATE ROLE postgres;
ALTER ROLE postgres WITH SUPERUSER;
GRANT app TO "Žluť ""x""" GRANTED BY postgres;
CREATE TABLESPACE fast OWNER postgres LOCATION '/fast';
\\unrestrict abc
`;

describe("the roles of a dump", () => {
  it("are told apart whatever is quoted in them", () => {
    expect(statementsOf(DUMP)).toHaveLength(10);
    expect(statementsOf(DUMP)[2]).toBe("ALTER ROLE app WITH LOGIN PASSWORD 'SCRAM-SHA-256$4096:a;b''c--d';");
    expect(statementsOf(DUMP)[5]).toBe("COMMENT ON ROLE app IS 'two\nlines; of it';");
  });

  it("are made where they are missing, and those that are there stay as they are", () => {
    expect(missingRoles(DUMP, new Set(["postgres", "app"]))).toEqual([
      'CREATE ROLE "Žluť ""x""";',
      `ALTER ROLE "Žluť ""x""" SET search_path TO 'a;b', "c--d";`,
      'GRANT app TO "Žluť ""x""" GRANTED BY postgres;',
    ]);
    expect(missingRoles(DUMP, new Set(["postgres", "app", 'Žluť "x"']))).toEqual([]);
    expect(missingRoles(DUMP, new Set(["postgres"]))).toHaveLength(6);
  });
});
