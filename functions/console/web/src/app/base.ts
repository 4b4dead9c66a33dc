/** Where the console and the APIs beside it are, without a slash at the end: the document's <base> says it. */
const base = new URL(".", document.baseURI);

/** The path of the console, such as `/prod/console`. */
export const CONSOLE_PATH = withoutSlash(base.pathname);

/** The URL of the console, such as `https://abc.execute-api.eu-central-1.amazonaws.com/prod/console`. */
export const CONSOLE_URL = withoutSlash(base.href);

/** The URL of the stack whose console this is, such as `https://abc.execute-api.eu-central-1.amazonaws.com/prod`. */
export const STACK_URL = withoutSlash(new URL("..", base).href);

export const ADMIN_URL = `${STACK_URL}/api/admin`;
export const CLIENT_URL = `${STACK_URL}/v1`;

function withoutSlash(text: string): string {
  return text.replace(/\/$/, "");
}
