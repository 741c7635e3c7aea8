/** Where somebody who has the token says so. */
import { html } from "./html.ts";
import { pageOf } from "./page.ts";

/** Served at `sign-in` below the status page. */
export function signInPage({ wasWrong }: { wasWrong: boolean }): string {
  return pageOf({
    title: "Sign in to Holdfast",
    tone: "calm",
    root: "",
    main: html`<nav class="trail" aria-label="Back"><a href="./">← All backups</a></nav>
      <h1 class="alone">Sign in</h1>
      ${wasWrong ? html`<p class="notice bad" role="alert">That is not the token.</p>` : ""}
      <form method="post" action="sign-in" class="sign-in">
        <label for="token">Token</label>
        <input id="token" type="password" name="token" autocomplete="current-password" required autofocus />
        <button>Sign in</button>
      </form>
      <p>
        It is <code>http.token</code> of the config. Whoever has it can start backups, verifies and drills,
        and read the files in recovery points. It is asked for again after 12 hours.
      </p>`,
  });
}
