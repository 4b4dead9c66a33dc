import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CONSOLE_PATH, CONSOLE_URL } from "@/app/base";
import { takenFrom } from "./issuerAnswer";
import { placeOf } from "./issuerSignIn";
import { type Oidc, OidcError, redeem, signInUrl, signOutUrl } from "./oidc";

const OIDC: Oidc = { issuer: "https://id.example.com", clientId: "console", scopes: "openid email", name: "" };
const DISCOVERY = {
  issuer: OIDC.issuer,
  authorization_endpoint: "https://id.example.com/authorize?tenant=1",
  token_endpoint: "https://tokens.example.com/token",
  end_session_endpoint: "https://id.example.com/logout",
};
const CALLBACK = `${CONSOLE_URL}/sign-in/callback`;

let discovery: object = DISCOVERY;
let issued: (form: URLSearchParams) => Response = () => Response.json({});
let asked: string[] = [];

beforeEach(() => {
  discovery = DISCOVERY;
  asked = [];
  sessionStorage.clear();
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    asked.push(url);
    return init.method === "POST" ? issued(init.body as URLSearchParams) : Response.json(discovery);
  });
});
afterEach(() => vi.unstubAllGlobals());

/** A token of the issuer with these claims; nobody here checks its signature. */
function tokenWith(claims: object): string {
  const part = (content: object) =>
    btoa(JSON.stringify(content)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${part({ alg: "RS256" })}.${part(claims)}.signature`;
}

async function begun(): Promise<URLSearchParams> {
  return new URL(await signInUrl(OIDC, true, "/keys?search=a")).searchParams;
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  return btoa(String.fromCharCode(...digest))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

async function kindOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((failure: unknown) => failure);
  return error instanceof OidcError ? error.kind : String(error);
}

test("the viewer is sent to the issuer with a state, a nonce and a challenge that are new each time", async () => {
  const [first, second] = [await begun(), await begun()];
  expect(Object.fromEntries(first)).toMatchObject({
    tenant: "1",
    response_type: "code",
    client_id: "console",
    redirect_uri: CALLBACK,
    scope: "openid email",
    code_challenge_method: "S256",
  });
  for (const name of ["state", "nonce", "code_challenge"]) {
    expect(first.get(name)).toMatch(/^[\w-]{43}$/);
    expect(first.get(name)).not.toBe(second.get(name));
  }
});

test("a code is traded for a token with the verifier that the challenge was made of", async () => {
  const query = await begun();
  issued = (form) => {
    expect(form.get("code")).toBe("the-code");
    expect(form.get("redirect_uri")).toBe(CALLBACK);
    verifier = form.get("code_verifier") ?? "";
    return Response.json({ id_token: tokenWith({ nonce: query.get("nonce") }) });
  };
  let verifier = "";
  const found = await redeem(OIDC, { state: query.get("state"), code: "the-code", error: null });
  expect(await challengeOf(verifier)).toBe(query.get("code_challenge"));
  expect(found).toMatchObject({ keep: true, returnTo: "/keys?search=a" });
  expect(asked).toContain(DISCOVERY.token_endpoint);
  expect(sessionStorage).toHaveLength(0);
});

test("an answer that this tab didn't ask for is worth nothing, and is asked about nowhere", async () => {
  const query = await begun();
  asked = [];
  expect(await kindOf(redeem(OIDC, { state: "forged", code: "a", error: null }))).toBe("stale");
  // What was begun is gone by then.
  expect(await kindOf(redeem(OIDC, { state: query.get("state"), code: "a", error: null }))).toBe("stale");
  expect(asked).toEqual([]);
});

test("a token for another sign-in is refused", async () => {
  const query = await begun();
  for (const token of [tokenWith({ nonce: "another" }), tokenWith({}), "no token", "a.%%%.c"]) {
    sessionStorage.clear();
    const again = await begun();
    issued = () => Response.json({ id_token: token });
    expect(await kindOf(redeem(OIDC, { state: again.get("state"), code: "a", error: null }))).toBe("stale");
  }
  expect(query.get("state")).not.toBeNull();
});

test("what the issuer says of its refusal is told", async () => {
  const query = await begun();
  const denied = redeem(OIDC, { state: query.get("state"), code: null, error: "The user said no" });
  await expect(denied).rejects.toMatchObject({ kind: "denied", said: "The user said no" });
  const again = await begun();
  issued = () => Response.json({ error: "invalid_grant" }, { status: 400 });
  const refused = redeem(OIDC, { state: again.get("state"), code: "used", error: null });
  await expect(refused).rejects.toMatchObject({ kind: "wrong", said: "invalid_grant" });
});

test("a discovery document of another issuer, or with endpoints that aren't safe, is not believed", async () => {
  for (const wrong of [
    { ...DISCOVERY, issuer: "https://other.example.com" },
    { ...DISCOVERY, authorization_endpoint: "http://id.example.com/authorize" },
    { ...DISCOVERY, authorization_endpoint: "javascript:alert(1)" },
    { ...DISCOVERY, authorization_endpoint: 5 },
    {},
  ]) {
    discovery = wrong;
    expect(await kindOf(signInUrl(OIDC, true, "/"))).toBe("wrong");
  }
});

test("signing out ends the issuer's session where it has such a place, without the token", async () => {
  const url = new URL((await signOutUrl(OIDC)) ?? "");
  expect(url.origin + url.pathname).toBe(DISCOVERY.end_session_endpoint);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: "console",
    post_logout_redirect_uri: `${CONSOLE_URL}/`,
    logout_uri: `${CONSOLE_URL}/`,
  });
  discovery = { ...DISCOVERY, end_session_endpoint: undefined };
  expect(await signOutUrl(OIDC)).toBeNull();
});

test("a code leaves the URL at once", () => {
  const replaced: unknown[] = [];
  const history = { replaceState: (...given: unknown[]) => void replaced.push(given) };
  const pathname = `${CONSOLE_PATH}/sign-in/callback`;
  expect(takenFrom({ pathname, search: "?state=s&code=c" }, history)).toEqual({ state: "s", code: "c", error: null });
  expect(replaced).toEqual([[null, "", pathname]]);
  expect(takenFrom({ pathname: `${CONSOLE_PATH}/keys`, search: "?code=c" }, history)).toBeNull();
  expect(takenFrom({ pathname, search: "" }, history)).toBeNull();
  expect(replaced).toHaveLength(1);
});

test("one goes on where one was, within the console", () => {
  expect(placeOf({ pathname: `${CONSOLE_PATH}/keys`, search: "?search=a" })).toBe("/keys?search=a");
  expect(placeOf({ pathname: `${CONSOLE_PATH}/sign-in/callback`, search: "" })).toBe("/");
});
