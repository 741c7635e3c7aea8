/** The colours of the pages, by day and by night. Each text colour has a contrast of 4.5 or more on its ground (WCAG AA). */

const LIGHT = {
  page: "#f4f6f8",
  card: "#ffffff",
  line: "#d9dee4",
  text: "#1a212a",
  quiet: "#56616e",
  link: "#0b57c2",
  good: "#0a6433",
  goodGround: "#e2f5e8",
  warn: "#7a4a00",
  warnGround: "#fdf0d3",
  bad: "#a3141c",
  badGround: "#fde8e8",
  calm: "#4c5763",
  calmGround: "#e9edf1",
} as const;

export type Colour = keyof typeof LIGHT;

const DARK: Record<Colour, string> = {
  page: "#0f1318",
  card: "#181e25",
  line: "#2e3741",
  text: "#e5eaf0",
  quiet: "#a0acb9",
  link: "#8ab8ff",
  good: "#7fe0a3",
  goodGround: "#12321f",
  warn: "#f6cb70",
  warnGround: "#372a0c",
  bad: "#ffa09b",
  badGround: "#431a1c",
  calm: "#b4bfca",
  calmGround: "#28313a",
};

export const PALETTES = { light: LIGHT, dark: DARK };

/** Which text stands on which ground. */
export const TEXT_ON_GROUND: readonly (readonly [text: Colour, ground: Colour])[] = [
  ["text", "page"],
  ["text", "card"],
  ["quiet", "page"],
  ["quiet", "card"],
  ["link", "page"],
  ["link", "card"],
  ["good", "goodGround"],
  ["warn", "warnGround"],
  ["bad", "badGround"],
  ["calm", "calmGround"],
  ["bad", "card"],
  ["text", "goodGround"],
  ["text", "warnGround"],
  ["text", "badGround"],
  ["text", "calmGround"],
];
