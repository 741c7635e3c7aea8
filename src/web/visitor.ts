/** What whoever asks may do and see. */
import { isAuthorized } from "./bearer.ts";
import type { WebContext } from "./context.ts";
import { html, type Reply, type WebRequest } from "./exchange.ts";
import { errorPage } from "./pages/error-page.ts";
import { formMark, isFormMark, sessionIn } from "./session.ts";

export interface Visitor {
  /** The mark of this session's forms; undefined: nobody has signed in. */
  mark: string | undefined;
  /** May see names and contents of files: has signed in, or sends the token. */
  isTrusted: boolean;
}

export function visitorOf(request: WebRequest, context: WebContext): Visitor {
  const { token } = context;
  if (token === undefined) return { mark: undefined, isTrusted: false };
  const session = sessionIn(request.cookie, { token, stack: context.stack, now: context.now() });
  if (session !== undefined) return { mark: formMark(session, token), isTrusted: true };
  return { mark: undefined, isTrusted: isAuthorized(request.authorization, token) };
}

/** Why a form is not taken; undefined for one that this site gave to somebody who has signed in. */
export function refusalOfForm(request: WebRequest, context: WebContext): Reply | undefined {
  const { token } = context;
  if (token === undefined) {
    return html(403, errorPage("Nothing can be started here: the config has no http.token."));
  }
  if (request.fetchSite !== undefined && request.fetchSite !== "same-origin") {
    return html(403, errorPage("This was sent by another site, and is not done."));
  }
  const session = sessionIn(request.cookie, { token, stack: context.stack, now: context.now() });
  if (session === undefined) return html(401, errorPage("Sign in first, then try again."));
  if (isFormMark(request.form.get("mark"), session, token)) return undefined;
  return html(403, errorPage("This form is not of this session, and is not done. Go back and try again."));
}
