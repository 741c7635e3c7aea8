/** A Slack message as text: what a person would see of its blocks. */

interface Text {
  text: string;
}

interface Block {
  type: string;
  text?: Text;
  elements?: Text[];
}

export interface SlackMessage {
  /** The header without its coloured dot and its word: names what the message is about. */
  title: string;
  /** True when it says that the trouble is over. */
  resolved: boolean;
  lines: string[];
}

export function readSlackMessage(body: string): SlackMessage {
  const { blocks } = JSON.parse(body) as { blocks: Block[] };
  const header = blocks.find(({ type }) => type === "header")?.text?.text ?? "";
  const words = /^\S+ (?<event>Resolved: |Still: )?(?<title>.*)$/.exec(header)?.groups;
  return {
    title: plain(words?.["title"] ?? header),
    resolved: words?.["event"] === "Resolved: ",
    lines: blocks.map(textOf).map(plain),
  };
}

function textOf({ text, elements }: Block): string {
  return text?.text ?? (elements ?? []).map((element) => element.text).join(" · ");
}

/** Slack's markup without its marks: `*bold*`, and the three escaped characters. */
function plain(text: string): string {
  return text
    .replace(/\*([^*\n]+)\*/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
