/** Clients of the two APIs: typed by our OpenAPI documents, with the token, and with errors as ApiError. */
import createClient, { type Middleware } from "openapi-fetch";
import { ADMIN_URL, CLIENT_URL } from "@/app/base";
import { ApiError, toApiError } from "./errors";
import type { components as ClientComponents, paths as ClientPaths } from "./generated/client-schema";
import type { components, paths } from "./generated/schema";

export type Schemas = components["schemas"];
/** What the API for keys' holders takes and answers. */
export type ClientSchemas = ClientComponents["schemas"];

let token: string | null = null;
const listeners = new Set<() => void>();

/** The token that further requests are sent with; kept in memory, by this module alone. */
export function setToken(value: string | null): void {
  token = value;
}

/** Calls `listener` whenever a request of the session is refused as nobody's. Returns what ends that. */
export function onUnauthorized(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const authenticated: Middleware = {
  onRequest({ request }) {
    if (token !== null && !request.headers.has("authorization")) {
      request.headers.set("authorization", `Bearer ${token}`);
    }
    return request;
  },
  async onResponse({ request, response }) {
    if (response.ok) return undefined;
    const isTheSessions = request.headers.get("authorization") === `Bearer ${token}`;
    if (response.status === 401 && isTheSessions) for (const listener of listeners) listener();
    throw await toApiError(response);
  },
  onError({ error }) {
    return error instanceof ApiError ? error : new ApiError({ status: 0, detail: "", requestId: null });
  },
};

export const admin = createClient<paths>({ baseUrl: ADMIN_URL });
admin.use(authenticated);

/** The API for keys' holders: self-service. */
export const client = createClient<ClientPaths>({ baseUrl: CLIENT_URL });
client.use(authenticated);

/** What the operation answered. Whatever isn't a success has been thrown as an ApiError before. */
export async function answered<T>(call: Promise<{ data?: T; response: Response }>): Promise<T> {
  const { data } = await call;
  return data as T;
}

/** A request outside the typed clients, such as a download. Raises ApiError. */
export async function fetchAs(url: `${"admin" | "client"}:${string}`, init: RequestInit = {}): Promise<Response> {
  const [side, path] = [url.slice(0, url.indexOf(":")), url.slice(url.indexOf(":") + 1)];
  const headers = new Headers(init.headers);
  const sent = token;
  if (sent !== null && !headers.has("authorization")) headers.set("authorization", `Bearer ${sent}`);
  let response: Response;
  try {
    response = await fetch(`${side === "admin" ? ADMIN_URL : CLIENT_URL}${path}`, { ...init, headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError({ status: 0, detail: "", requestId: null });
  }
  if (response.ok) return response;
  if (response.status === 401 && headers.get("authorization") === `Bearer ${sent}` && sent === token) {
    for (const listener of listeners) listener();
  }
  throw await toApiError(response);
}
