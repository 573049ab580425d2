// SPDX-License-Identifier: Apache-2.0
// Reads {secret, headers, body} from standard input; prints the event when the package takes it for genuine, and ends with 1 when not.
import { readFileSync } from 'node:fs';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

const { secret, headers, body } = JSON.parse(readFileSync(0, 'utf8'));
try {
  process.stdout.write(JSON.stringify(new Webhook(secret).verify(body, headers)));
} catch (error) {
  if (!(error instanceof WebhookVerificationError)) throw error;
  process.exit(1);
}
