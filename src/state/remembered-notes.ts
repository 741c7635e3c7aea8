/** Notes and silences while the disk takes nothing: notes go on in memory; a silence that cannot be written is refused to who asks for it. */
import type { Silence } from "../domain/silence.ts";
import type { ChannelNote, ChannelNotes, Silences } from "../ports/state.ts";
import type { Trouble } from "./trouble.ts";

export class RememberedNotes implements ChannelNotes {
  readonly #disk: ChannelNotes;
  readonly #trouble: Trouble;
  /** Not on disk yet, by channel and name; `undefined` was removed. */
  readonly #unwritten = new Map<string, { channel: string; name: string; note: ChannelNote | undefined }>();

  constructor(disk: ChannelNotes, trouble: Trouble) {
    this.#disk = disk;
    this.#trouble = trouble;
  }

  get(channel: string, name: string): string | undefined {
    const unwritten = this.#unwritten.get(keyOf(channel, name));
    if (unwritten !== undefined) return unwritten.note?.value;
    return this.#trouble.either(() => this.#disk.get(channel, name), undefined);
  }

  set(note: ChannelNote): void {
    this.#write(note.channel, note.name, note);
  }

  remove(channel: string, name: string): void {
    this.#write(channel, name, undefined);
  }

  named(name: string): ChannelNote[] {
    const onDisk = this.#trouble.either(() => this.#disk.named(name), []);
    const unwritten = [...this.#unwritten.values()].filter((each) => each.name === name);
    const changed = new Set(unwritten.map(({ channel }) => channel));
    return [
      ...onDisk.filter(({ channel }) => !changed.has(channel)),
      ...unwritten.flatMap(({ note }) => (note === undefined ? [] : [note])),
    ];
  }

  /** Writes what waits; throws when the disk takes it not. */
  flush(): void {
    for (const [key, { channel, name, note }] of this.#unwritten) {
      if (note === undefined) this.#disk.remove(channel, name);
      else this.#disk.set(note);
      this.#unwritten.delete(key);
    }
  }

  #write(channel: string, name: string, note: ChannelNote | undefined): void {
    this.#unwritten.set(keyOf(channel, name), { channel, name, note });
    this.#trouble.either(() => this.flush(), undefined);
  }
}

function keyOf(channel: string, name: string): string {
  return `${channel}|${name}`;
}

/** Those that were known last go on where they cannot be read. */
export function rememberedSilences(disk: Silences, trouble: Trouble): Silences {
  let known: Silence[] = [];
  return {
    all: () => (known = trouble.either(() => disk.all(), known)),
    add: (silence) => disk.add(silence),
    remove: (id) => disk.remove(id),
  };
}
