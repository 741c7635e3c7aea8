import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { html, Html } from "./html.ts";

/** Under a name of its own, so that the layout of these templates is the one written here. */
const laidOut = html;

describe("the html template", () => {
  it("escapes text, in content and in attributes", () => {
    const evil = `<script>alert("1")</script>' onload='x & y`;
    expect(html`<p title="${evil}">${evil}</p>`.markup).toBe(
      `<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39; onload=&#39;x &amp; y">` +
        `&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39; onload=&#39;x &amp; y</p>`,
    );
  });

  it("nests markup, joins lists and leaves out what is undefined", () => {
    const items = ["a<", "b"].map((item) => html`<li>${item}</li>`);
    expect(laidOut`<ul>${items}${undefined}</ul>${3}${new Html("<hr>")}`.markup).toBe(
      "<ul><li>a&lt;</li><li>b</li></ul>3<hr>",
    );
  });

  it("sends no indentation, but keeps the text's own line breaks", () => {
    expect(
      laidOut`<p>
        ${"a\n  b"}
      </p>`.markup,
    ).toBe("<p> a\n  b </p>");
  });

  it("lets no text become markup", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(html`${text}`.markup).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      }),
    );
  });
});
