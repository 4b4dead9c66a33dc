// Writes src/api/generated: the types of the admin API and of self-service, and which role each operation of the
// admin API needs, from the OpenAPI documents that the functions themselves print. A page that no longer fits the API
// fails to compile.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTypes, { astToString } from "openapi-typescript";

const web = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const root = resolve(web, "../../..");
const generated = join(web, "src/api/generated");
const python = process.env.TOLLGATE_PYTHON ?? join(root, ".venv/bin/python");

const admin = printedBy("admin");

mkdirSync(generated, { recursive: true });
await writeTypes("schema.d.ts", admin);
await writeTypes("client-schema.d.ts", printedBy("client"));
writeFileSync(join(generated, "roles.ts"), rolesModule(admin));

function printedBy(api) {
  const printed = execFileSync(python, ["-m", "tollgate_admin", api], {
    cwd: root,
    env: { ...process.env, PYTHONPATH: [join(root, "shared"), join(root, "functions/admin")].join(":") },
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(printed);
}

async function writeTypes(name, document) {
  // What has a default may be left out of a body.
  const types = await openapiTypes(document, { alphabetize: true, defaultNonNullable: false });
  writeFileSync(join(generated, name), astToString(types));
}

function rolesModule(described) {
  const roles = {};
  for (const methods of Object.values(described.paths)) {
    for (const operation of Object.values(methods)) {
      const needed = /Needs the role `(\w+)`/.exec(operation.description ?? "");
      if (needed) roles[operation.operationId] = needed[1];
    }
  }
  return `/** The least role that each operation of the admin API needs. */\nexport const NEEDED_ROLES = ${JSON.stringify(roles, null, 2)} as const;\n`;
}
