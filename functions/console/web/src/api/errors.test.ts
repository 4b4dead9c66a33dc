import { expect, test } from "vitest";
import { toApiError } from "./errors";

const told = (body: unknown, status: number) => toApiError(Response.json(body, { status }));

test("an error of the admin API says what is wrong with which field", async () => {
  const errors = [{ field: "name", message: "is too long" }];
  const error = await told({ status: 422, detail: "The request is not valid.", errors }, 422);
  expect([error.message, error.of("name"), error.code]).toEqual(["The request is not valid.", "is too long", null]);
  expect([error.isAllIn(["name", "role"]), error.isAllIn(["role"])]).toEqual([true, false]);
});

test("so does one of the client API, whose message has the field in it", async () => {
  const error = await told(
    { error: { message: "`limit`: must be above 5", code: "invalid_parameter", param: "limit" } },
    400,
  );
  expect([error.of("limit"), error.code]).toEqual(["must be above 5", "invalid_parameter"]);
});

test("an error of no field is in none", async () => {
  const error = await told({ error: { message: "The key has expired.", code: "key_expired", param: null } }, 401);
  expect([error.message, error.fields, error.isAllIn([])]).toEqual(["The key has expired.", [], false]);
});
