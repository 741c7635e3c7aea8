/** What can be done with a job from its page, and what came of it. */
import { JOB_ACTIONS, type JobAction } from "../context.ts";
import { html, type Html } from "./html.ts";

export const NOTICES = {
  asked: "It is queued: its outcome will be among the last runs.",
  busy: "The job is running or queued already.",
  impossible: "That cannot be done with this job.",
} as const;

export type Notice = keyof typeof NOTICES;

const WORDS: Record<JobAction, string> = { run: "Back up now", verify: "Verify", drill: "Drill" };

export interface JobActionsView {
  job: string;
  possible: readonly JobAction[];
  notice: Notice | undefined;
  /** Of who has signed in; undefined: nobody has. */
  mark: string | undefined;
}

export function jobActions({ job, possible, notice, mark }: JobActionsView): Html {
  if (mark === undefined) {
    return html`<p class="actions">
      <a href="../sign-in">Sign in</a> to back up, verify, drill, and to look into points.
    </p>`;
  }
  const buttons = JOB_ACTIONS.filter((action) => possible.includes(action)).map(
    (action) =>
      html`<form method="post" action="${encodeURIComponent(job)}/${action}">
        <input type="hidden" name="mark" value="${mark}" /><button>${WORDS[action]}</button>
      </form>`,
  );
  return html`<div class="actions">
      ${buttons}
      <form method="post" action="../sign-out">
        <input type="hidden" name="mark" value="${mark}" /><button class="quiet">Sign out</button>
      </form>
    </div>
    ${notice === undefined ? "" : html`<p class="notice calm" role="status">${NOTICES[notice]}</p>`}`;
}
