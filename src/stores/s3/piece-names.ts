/** Names of pieces (see pieces.ts): below the store's own prefix, a folder of their own, then the key, the id of the put and a number. */

/** What lies in it is never listed. */
export const PIECES_FOLDER = ".holdfast-pieces/";

export interface PieceName {
  ownPrefix: string;
  key: string;
  putId: string;
  number: number;
}

/** As the bucket knows it. */
export function nameOfPiece({ ownPrefix, key, putId, number }: PieceName): string {
  return `${ownPrefix}${PIECES_FOLDER}${key}/${putId}-${number}`;
}

/** The id of the put that made a piece; undefined for what is none. */
export function putOfPiece(name: string): string | undefined {
  return /\/([0-9a-f-]{36})-\d+$/.exec(name)?.[1];
}
