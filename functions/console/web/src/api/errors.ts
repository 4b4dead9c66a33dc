export type FieldProblem = { field: string; message: string };

type Told = {
  /** The HTTP status; 0 if the API could not be reached. */
  status: number;
  detail: string;
  requestId: string | null;
  fields?: FieldProblem[];
  code?: string | null;
};

/** What the API refused, as it said so: `message` is its own sentence. */
export class ApiError extends Error {
  readonly status: number;
  readonly requestId: string | null;
  readonly fields: FieldProblem[];
  readonly code: string | null;

  constructor(told: Told) {
    super(told.detail);
    this.name = "ApiError";
    this.status = told.status;
    this.requestId = told.requestId;
    this.fields = told.fields ?? [];
    this.code = told.code ?? null;
  }

  /** Somebody else has changed what was to be edited. */
  get isConflict(): boolean {
    return this.status === 412;
  }

  /** Whether all that is wrong is in these fields, so that a form which has them says it there. */
  isAllIn(fields: readonly string[]): boolean {
    return this.fields.length > 0 && this.fields.every(({ field }) => fields.includes(field));
  }

  /** What is wrong with a field of the request, if that is what was refused. */
  of(field: string): string | undefined {
    return this.fields.find((each) => each.field === field)?.message;
  }
}

/** Reads an error of the admin API (RFC 9457), of the client API (OpenAI's or Anthropic's shape), or of API Gateway. */
export async function toApiError(response: Response): Promise<ApiError> {
  const requestId = response.headers.get("x-amzn-requestid") ?? response.headers.get("x-request-id");
  const text = await response.text().catch(() => "");
  const body = parsed(text);
  const error = typeof body.error === "object" && body.error !== null ? (body.error as Record<string, unknown>) : body;
  const fields = Array.isArray(body.errors) ? body.errors.filter(isFieldProblem) : fieldsOf(error);
  return new ApiError({
    status: response.status,
    detail: textOf(error.detail) ?? textOf(error.message) ?? response.statusText,
    requestId: textOf(body.request_id) ?? requestId,
    fields,
    code: textOf(error.code),
  });
}

/** The client API names one field, and says what is wrong with it in its message: "`limit`: must be …". */
function fieldsOf({ param, message }: Record<string, unknown>): FieldProblem[] {
  const field = textOf(param);
  const said = textOf(message);
  if (field === null || said === null || !said.startsWith(`\`${field}\`: `)) return [];
  return [{ field, message: said.slice(field.length + 4) }];
}

function parsed(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function isFieldProblem(value: unknown): value is FieldProblem {
  return typeof value === "object" && value !== null && "field" in value && "message" in value;
}
