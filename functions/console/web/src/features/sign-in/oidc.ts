/** Signing in at an OpenID Connect issuer: authorization code with PKCE, as a public client. */
import { CONSOLE_URL } from "@/app/base";
import { CALLBACK_PATH, type IssuerAnswer } from "./issuerAnswer";

export type Oidc = { issuer: string; clientId: string; scopes: string; name: string };

/** What the console must remember while the viewer is at the issuer. */
type Pending = { state: string; nonce: string; verifier: string; keep: boolean; returnTo: string };

/** Whose token it is will be asked of the API; `returnTo` is the page below the console to go on with. */
export type IssuedToken = { token: string; keep: boolean; returnTo: string };

/** Why signing in at the issuer came to nothing. `said` is what the issuer says of it. */
export class OidcError extends Error {
  readonly kind: "denied" | "stale" | "unreachable" | "wrong";
  readonly said: string;

  constructor(kind: OidcError["kind"], said = "") {
    super(`${kind}: ${said}`);
    this.name = "OidcError";
    this.kind = kind;
    this.said = said;
  }
}

const PENDING = "tollgate.signing-in";
const REDIRECT_URI = `${CONSOLE_URL}/${CALLBACK_PATH}`;

/** The URL at which the viewer signs in. What is needed when they come back is kept in this tab until then. */
export async function signInUrl(oidc: Oidc, keep: boolean, returnTo: string): Promise<string> {
  const endpoint = endpointOf(await discovered(oidc), "authorization_endpoint");
  const pending: Pending = { state: random(), nonce: random(), verifier: random(), keep, returnTo };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const url = new URL(endpoint);
  const asked = {
    response_type: "code",
    client_id: oidc.clientId,
    redirect_uri: REDIRECT_URI,
    scope: oidc.scopes,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await challengeOf(pending.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return url.href;
}

/** The token for which the issuer takes its answer back. What was kept of the beginning goes, whatever comes of it. */
export async function redeem(oidc: Oidc, answer: IssuerAnswer): Promise<IssuedToken> {
  const pending = takePending();
  if (pending === null || answer.state !== pending.state) throw new OidcError("stale");
  if (answer.code === null) throw new OidcError("denied", answer.error ?? "");
  const told = await asked(endpointOf(await discovered(oidc), "token_endpoint"), {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: oidc.clientId,
      redirect_uri: REDIRECT_URI,
      code: answer.code,
      code_verifier: pending.verifier,
    }),
  });
  const token = told.id_token;
  if (typeof token !== "string") throw new OidcError("wrong");
  if (nonceOf(token) !== pending.nonce) throw new OidcError("stale");
  return { token, keep: pending.keep, returnTo: pending.returnTo };
}

/** Where the viewer's session at the issuer ends, and from where they come back here; null if it has no such place. */
export async function signOutUrl(oidc: Oidc): Promise<string | null> {
  const endpoint = (await discovered(oidc)).end_session_endpoint;
  if (typeof endpoint !== "string") return null;
  const url = new URL(endpoint);
  const back = `${CONSOLE_URL}/`;
  url.searchParams.set("client_id", oidc.clientId);
  url.searchParams.set("post_logout_redirect_uri", back);
  // Cognito's name for it.
  url.searchParams.set("logout_uri", back);
  return url.href;
}

type Told = Record<string, unknown>;

async function discovered(oidc: Oidc): Promise<Told> {
  const told = await asked(`${oidc.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (told.issuer !== oidc.issuer) throw new OidcError("wrong");
  return told;
}

function endpointOf(discovery: Told, name: string): string {
  const endpoint = discovery[name];
  if (typeof endpoint !== "string" || !/^https:\/\/|^http:\/\/127\.0\.0\.1[:/]/.test(endpoint)) {
    throw new OidcError("wrong");
  }
  return endpoint;
}

async function asked(url: string, init: RequestInit = {}): Promise<Told> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, credentials: "omit", redirect: "error" });
  } catch {
    throw new OidcError("unreachable");
  }
  const told: unknown = await response.json().catch(() => null);
  const content = typeof told === "object" && told !== null ? (told as Told) : {};
  if (response.ok) return content;
  const said = content.error_description ?? content.error;
  throw new OidcError("wrong", typeof said === "string" ? said : response.statusText);
}

function takePending(): Pending | null {
  const kept = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  try {
    return kept === null ? null : (JSON.parse(kept) as Pending);
  } catch {
    return null;
  }
}

/** The nonce in an ID token. Its signature is the API's to check. */
function nonceOf(token: string): unknown {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    return (JSON.parse(atob(payload)) as { nonce?: unknown }).nonce;
  } catch {
    return undefined;
  }
}

/** 256 bits that nobody can guess, as text: https://www.rfc-editor.org/rfc/rfc7636#section-7.1 */
function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
