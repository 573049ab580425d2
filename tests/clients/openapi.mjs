// SPDX-License-Identifier: Apache-2.0
// openapi.mjs FILE: exits 0 when the file is a valid OpenAPI 3.1 document, says what is wrong with it otherwise.
import { readFile } from "node:fs/promises";
import { Validator } from "@seriousme/openapi-schema-validator";

const validator = new Validator();
const result = await validator.validate(JSON.parse(await readFile(process.argv[2], "utf8")));
if (!result.valid || validator.version !== "3.1") {
  console.error(validator.version, JSON.stringify(result.errors, null, 1));
  process.exit(1);
}
console.log("valid");
