/**
 * How a body of any size, which nobody knows beforehand, fits into the parts allowed without larger and larger ones, each of which is
 * whole in memory: the first parts are sent as they are; then each part is a piece, an object that was sent in parts itself.
 */

const GIB = 2 ** 30;
/** The largest object of S3. */
const LARGEST_OBJECT = 5 * 2 ** 40;
/** The server copies a piece in one request, during which it may keep silent. */
const USUAL_PIECE = 2 * GIB;
/** Where there may be few. With a part more it is still below S3's limit of 5 GiB. */
const LARGEST_PIECE = 4 * GIB;
/** Of the parts, where there are too few for the largest object. */
const MOST_PIECES = 0.75;

export interface PartRules {
  partSize: number;
  maxParts: number;
  /** The server takes only parts of one size: then there are no pieces. */
  equalParts: boolean;
}

export interface UploadPlan {
  /** Parts that are sent as they are. */
  direct: number;
  /** A piece is complete when it has so many bytes; the last one may have fewer. */
  pieceBytes: number;
}

/** With 10,000 parts of 8 MiB: 7,440 of them, 58 GiB, and then 2,560 pieces of 2 GiB. */
export function planUpload({ partSize, maxParts, equalParts }: PartRules): UploadPlan {
  if (equalParts) return { direct: maxParts, pieceBytes: 0 };
  const most = Math.floor(maxParts * MOST_PIECES);
  const wanted = most * USUAL_PIECE >= LARGEST_OBJECT ? USUAL_PIECE : LARGEST_PIECE;
  const pieceBytes = Math.min(wanted, maxParts * partSize);
  return { direct: maxParts - Math.min(most, Math.ceil(LARGEST_OBJECT / pieceBytes)), pieceBytes };
}
