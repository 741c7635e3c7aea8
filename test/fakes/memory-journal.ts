import type { Intervention, InterventionJournal } from "../../src/ports/intervention-journal.ts";

export function memoryJournal(): InterventionJournal {
  let open: Intervention | undefined;
  return {
    async begin(intervention) {
      if (open !== undefined) return structuredClone(open);
      open = structuredClone(intervention);
      return undefined;
    },
    async update(intervention) {
      if (open?.id === intervention.id) open = structuredClone(intervention);
    },
    current: async () => structuredClone(open),
    async end(id) {
      if (open?.id === id) open = undefined;
    },
  };
}
