// `node infra/docker/answers.mjs URL [SECONDS]`: ends with 0 when the URL answers with 2xx, asking again for so many seconds; else with 1
// and why. Health checks are made with it: nothing else that could ask is in the image.
import http from 'node:http';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

const [url = '', seconds = '0'] = process.argv.slice(2);
const ASK_AGAIN_MS = 500;
const ANSWER_MS = 3_000;
const untilMs = performance.now() + Number(seconds) * 1_000;

const ask = () =>
  new Promise((resolve, reject) => {
    // A demo partner has a certificate of an authority of its own: that it answers is asked here, not who it is.
    const options = { rejectUnauthorized: false, timeout: ANSWER_MS };
    const request = (url.startsWith('https:') ? https : http).get(url, options, (answer) => {
      answer.resume();
      if (answer.statusCode >= 200 && answer.statusCode < 300) resolve();
      else reject(new Error(`it answers ${answer.statusCode}`));
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject);
  });

for (;;) {
  try {
    await ask();
    process.exit(0);
  } catch (error) {
    if (performance.now() < untilMs) await delay(ASK_AGAIN_MS);
    else {
      console.error(`${url}: ${error.message}`);
      process.exit(1);
    }
  }
}
