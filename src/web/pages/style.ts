/** The style sheet of all pages, inlined; the content security policy allows it by its digest and no other. */
import { createHash } from "node:crypto";
import { PALETTES } from "./colours.ts";

function variables(palette: Record<string, string>): string {
  return Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(";");
}

const TONES = ["good", "warn", "bad", "calm"]
  .map((tone) => `.${tone}{color:var(--${tone});background:var(--${tone}Ground)}`)
  .join("\n");

export const style = `
:root{color-scheme:light dark;${variables(PALETTES.light)}}
@media(prefers-color-scheme:dark){:root{${variables(PALETTES.dark)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main,footer{max-width:1240px;margin:0 auto;padding:0 20px}
a{color:var(--link)}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.verdict{padding:18px 20px;border-radius:10px;margin:20px 0 4px;display:flex;gap:14px;align-items:center}
.verdict .sign{font-size:30px;line-height:1;font-weight:700}
.verdict p{margin:0;color:var(--text)}
h1{font-size:22px;line-height:1.25;margin:0}
h2,caption{font-size:16px;font-weight:650;text-align:left;margin:28px 0 8px}
caption{margin:0;padding:24px 0 8px}
.alerts{list-style:none;margin:0;padding:0;display:grid;gap:8px}
.alerts li{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 14px}
.alerts summary{padding:0}
.alerts p{margin:2px 0 0;overflow-wrap:anywhere}
table{width:100%;border-collapse:separate;border-spacing:0}
th,td{text-align:left;vertical-align:top;padding:9px 12px;font-weight:400}
thead th{color:var(--quiet);font-size:13px;padding-block:4px;white-space:nowrap}
.jobs tbody th{min-width:180px}
tbody th,tbody td{background:var(--card)}
tbody tr:first-child>*{border-top:1px solid var(--line)}
tbody:last-child tr:last-child>*,tbody th[rowspan]{border-bottom:0}
table{border-bottom:1px solid var(--line)}
tbody th b,tbody th>a{font-weight:650;overflow-wrap:anywhere}
td.n,thead th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
time,.whole{white-space:nowrap}
small{display:block;color:var(--quiet);font-size:13px}
.reason{overflow-wrap:anywhere;max-width:46ch}
.jobs .reason{max-width:36ch}
.jobs td[data-label=Newest]{min-width:170px}
.badge{display:inline-block;border-radius:5px;padding:0 7px;font-weight:600;font-size:14px;white-space:nowrap}
${TONES}
.alerts.names{display:flex;flex-wrap:wrap}
.days{display:block;margin-top:6px}
summary{cursor:pointer;padding:8px 0;color:var(--link)}
.days{width:120px;height:14px}
.days path{stroke:var(--quiet);stroke-width:3;background:none}
.days .good{stroke:var(--goodBar)}
.days .warn{stroke:var(--warnBar)}
.days .bad{stroke:var(--badBar)}
.sizes{width:60px;height:16px;margin-right:8px;vertical-align:-3px}
.sizes polyline{fill:none;stroke:var(--quiet);stroke-width:1.5;stroke-linejoin:round}
.legend{color:var(--quiet);font-size:13px;display:flex;gap:14px;flex-wrap:wrap}
.legend span{display:flex;gap:5px;align-items:center}
.legend svg{width:3px;margin:0}
.search{margin:18px 0 0;display:flex;gap:10px;align-items:center;flex-wrap:wrap}
.search label{display:flex;gap:8px;align-items:center;color:var(--quiet)}
input,button{font:inherit;color:var(--text);background:var(--card);border:1px solid var(--control);border-radius:6px;padding:5px 10px}
button{cursor:pointer;font-weight:600}
button:hover{border-color:var(--text)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.pages{display:flex;gap:18px;color:var(--quiet);margin-top:10px}
.trail{margin-top:18px}
.trail+.verdict{margin-top:10px}
.alone{margin:12px 0 4px}
.crumbs{overflow-wrap:anywhere}
.actions{display:flex;gap:10px;flex-wrap:wrap;margin-top:14px}
.quiet{color:var(--quiet);font-weight:400}
.notice{padding:8px 14px;border-radius:8px;margin:12px 0 0}
.sign-in{display:flex;gap:10px;align-items:center;flex-wrap:wrap;margin:14px 0}
.log{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;margin:4px 0;padding-left:0;list-style:none;overflow-wrap:anywhere}
.points tbody th small{max-width:30ch}
.offline{position:sticky;top:0;padding:8px 20px;font-weight:600}
.empty{background:var(--card);border:1px dashed var(--line);border-radius:8px;padding:22px;color:var(--quiet)}
footer{color:var(--quiet);font-size:13px;padding-block:24px 32px}
footer a{margin-right:14px}
@media(max-width:760px){
main,footer{padding-inline:12px}
.verdict{margin:12px 0 0;padding:14px}
h1{font-size:19px}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody,tr,th,td,caption{display:block}
table{border:0}
tbody{border:1px solid var(--line);border-radius:8px;background:var(--card);margin-bottom:10px;padding:6px 0}
tbody tr>*,tbody tr:first-child>*{border:0;padding:3px 14px;background:none}
tbody tr+tr{border-top:1px solid var(--line);margin-top:6px;padding-top:6px}
tbody td{display:grid;grid-template-columns:88px 1fr;column-gap:10px;text-align:left}
tbody td::before{content:attr(data-label);color:var(--quiet);font-size:13px;padding-top:1px}
td.n{text-align:left;white-space:normal}
td.n small{display:inline;margin-left:6px}
.days{margin:8px 0 4px}
.sizes{float:right;margin:2px 0 0}
}`;

/** For the policy: a page may use this style sheet and nothing else. */
export const styleDigest = `sha256-${createHash("sha256").update(style).digest("base64")}`;
