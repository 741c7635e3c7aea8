/** Local copies of the small immutable objects of stores, so that a listing reads only what is new. Only a cache: what is lost is read again. */
export interface TextCache {
  /** All that is kept of a store, by key; empty where that is nothing, or cannot be read. Never rejects. */
  load(store: string): Promise<Map<string, CachedText>>;
  /** Beside what is kept already, or in its place. Never rejects: what cannot be kept is not. */
  keep(store: string, texts: readonly CachedText[], options: { replace: boolean }): Promise<void>;
}

export interface CachedText {
  key: string;
  /** Of the object that said it, as its store tells it. */
  version: string;
  text: string;
}
