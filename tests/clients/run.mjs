// SPDX-License-Identifier: Apache-2.0
import * as checks from './openid_client.mjs';

await checks[process.argv[2]]();
