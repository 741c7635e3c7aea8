import { describe, expect, it } from "vitest";
import { GRAPHICS_ON_GROUND, PALETTES, TEXT_ON_GROUND } from "./colours.ts";
import { style } from "./style.ts";

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

describe("the colours", () => {
  it.each(["light", "dark"] as const)("can be read in %s: 4.5 to 1 or more, and seen: 3 to 1", (scheme) => {
    const palette = PALETTES[scheme];
    for (const [text, ground] of TEXT_ON_GROUND) {
      expect(contrast(palette[text], palette[ground]), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
    for (const [graphic, ground] of GRAPHICS_ON_GROUND) {
      expect(contrast(palette[graphic], palette[ground]), `${graphic} on ${ground}`).toBeGreaterThanOrEqual(
        3,
      );
    }
  });

  it("follow the reader's system, and are the only colours of the style sheet", () => {
    expect(style).toContain("prefers-color-scheme:dark");
    const known: string[] = Object.values(PALETTES).flatMap((palette) => Object.values(palette));
    expect([...style.matchAll(/#[0-9a-f]{3,8}\b/gi)].filter(([colour]) => !known.includes(colour))).toEqual(
      [],
    );
  });
});
