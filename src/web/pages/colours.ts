/** The colours of the pages, by day and by night. Each text colour has a contrast of 4.5 or more on its ground (WCAG AA). */

const LIGHT = {
  page: "#f4f6f8",
  card: "#ffffff",
  line: "#d9dee4",
  control: "#7d8894",
  text: "#1a212a",
  quiet: "#56616e",
  link: "#0b57c2",
  good: "#0a6433",
  goodGround: "#e2f5e8",
  warn: "#7a4a00",
  warnGround: "#fdf0d3",
  bad: "#a3141c",
  badGround: "#fde8e8",
  goodBar: "#1f8f4e",
  warnBar: "#c27a00",
  badBar: "#d6262f",
  calm: "#4c5763",
  calmGround: "#e9edf1",
} as const;

export type Colour = keyof typeof LIGHT;

const DARK: Record<Colour, string> = {
  page: "#0f1318",
  card: "#181e25",
  line: "#2e3741",
  control: "#76828f",
  text: "#e5eaf0",
  quiet: "#a0acb9",
  link: "#8ab8ff",
  good: "#7fe0a3",
  goodGround: "#12321f",
  warn: "#f6cb70",
  warnGround: "#372a0c",
  bad: "#ffa09b",
  badGround: "#431a1c",
  goodBar: "#4cc27c",
  warnBar: "#e8b04a",
  badBar: "#ff6b66",
  calm: "#b4bfca",
  calmGround: "#28313a",
};

export const PALETTES = { light: LIGHT, dark: DARK };

/** What is seen and not read has a contrast of 3 or more (WCAG 1.4.11). */
export const GRAPHICS_ON_GROUND: readonly (readonly [graphic: Colour, ground: Colour])[] = [
  ["goodBar", "card"],
  ["warnBar", "card"],
  ["badBar", "card"],
  ["quiet", "card"],
  ["control", "card"],
  ["control", "page"],
  ["link", "page"],
];

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
