/** Partial answers: `fields=nextPageToken,items(name,size)`. */

type Json = Record<string, unknown>;

export function maskOf(fields: string): (value: Json) => Json {
  const wanted = split(fields).map((field) => {
    const [, name = field, inner] = /^(\w+)\((.*)\)$/.exec(field) ?? [];
    return { name, mask: inner === undefined ? undefined : maskOf(inner) };
  });
  return (value) =>
    Object.fromEntries(
      wanted.flatMap(({ name, mask }) => {
        if (!(name in value)) return [];
        return [[name, mask === undefined ? value[name] : (value[name] as Json[]).map(mask)]];
      }),
    );
}

/** At the commas that are in no parentheses. */
function split(fields: string): string[] {
  return fields.match(/\w+(\([^)]*\))?/g) ?? [];
}
