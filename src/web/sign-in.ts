/** Signing in and out on the pages. */
import { html, seeOther, type Handler } from "./exchange.ts";
import { errorPage } from "./pages/error-page.ts";
import { signInPage } from "./pages/sign-in-page.ts";
import { isEqual, newSession, sessionCookie } from "./session.ts";
import { refusalOfForm } from "./visitor.ts";

export const askForToken: Handler = (_request, { token }) =>
  token === undefined
    ? html(403, errorPage("Nobody can sign in: the config has no http.token."))
    : html(200, signInPage({ wasWrong: false }));

export const signIn: Handler = ({ form, fetchSite, isSecure }, { token, stack, now }) => {
  if (token === undefined) return html(403, errorPage("Nobody can sign in: the config has no http.token."));
  if (fetchSite !== undefined && fetchSite !== "same-origin") {
    return html(403, errorPage("This was sent by another site, and is not done."));
  }
  if (!isEqual(form.get("token") ?? "", token)) return html(401, signInPage({ wasWrong: true }));
  return seeOther("./", { "Set-Cookie": sessionCookie(stack, newSession(token, now()), { isSecure }) });
};

export const signOut: Handler = (request, context) => {
  const refusal = refusalOfForm(request, context);
  if (refusal !== undefined) return refusal;
  const { isSecure } = request;
  return seeOther("./", { "Set-Cookie": sessionCookie(context.stack, "", { isSecure }) });
};
