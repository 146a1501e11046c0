// A supplier's client as it is written for the commercial test box: made from published packages,
// it knows nothing of Stayon. It prints one line of JSON for each thing that it has seen, and ends
// with code 1 at the first that is not as it should be.
//
//   node existing_client.mjs '{"dsp": URL, "smki": URL, "receive": URL, "esme": EUI-64, "serial": NUMBER}'

import { BoxedKeyStore, KeyUsage } from "@smartdcc/dccboxed-keystore";
import { constructDuis, parseDuis } from "@smartdcc/duis-parser";
import { signDuis, validateDuis } from "@smartdcc/duis-sign-wrap";
import { sign } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const SUPPLIER = "90-b3-d5-1f-30-01-00-00";
const ACCESS_CONTROL_BROKER = "90-b3-d5-1f-30-00-00-02";
const DUIS_VERSION = "5.4";
const WAIT_MS = 120_000;

const world = JSON.parse(process.argv[2]);

function report(step, seen) {
  const plain = (_, value) => (typeof value === "bigint" ? value.toString() : value);
  process.stdout.write(`${JSON.stringify({ step, ...seen }, plain)}\n`);
}

function expect(condition, what) {
  if (!condition) throw new Error(`expected ${what}`);
}

// The Receive Response Service: every message is validated by the signing tool before it counts.
class Mailbox {
  #messages = [];
  #waiting = [];

  async listen(address) {
    this.server = createServer((request, response) => {
      this.#take(request).then(
        () => response.writeHead(204).end(),
        (error) => response.writeHead(400).end(String(error)),
      );
    });
    const { port, hostname } = new URL(address);
    this.server.listen(Number(port), hostname);
    await once(this.server, "listening");
  }

  async #take(request) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const xml = Buffer.concat(chunks);
    this.#messages.push(parseDuis("simplified", await validateDuis({ xml })));
    this.#waiting.forEach((look) => look());
  }

  // The first message that `wanted` says yes to, of those that came and those to come.
  first(wanted, what) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no ${what} came`)), WAIT_MS);
      const look = () => {
        const found = this.#messages.find(wanted);
        if (found === undefined) return;
        clearTimeout(late);
        resolve(found);
      };
      this.#waiting.push(look);
      look();
    });
  }
}

async function send(service, header, body, options = {}) {
  const request = { header: { type: "request", ...header }, body };
  const unsigned = constructDuis("simplified", request, DUIS_VERSION);
  const xml = await signDuis({ xml: unsigned, ...options });
  const reply = await fetch(`${world.dsp}${service}`, {
    method: "POST",
    headers: { "content-type": "application/xml" },
    body: xml,
  });
  const answer = await reply.text();
  expect(reply.status === 200, `HTTP 200 of ${service}, not ${reply.status}: ${answer}`);
  const signed = parseDuis("simplified", await validateDuis({ xml: answer }));
  expect(signed.header.type === "response", "a response");
  return signed;
}

// `counter` is written by the signing tool: now, in milliseconds.
const header = (targetId, commandVariant, reference) => ({
  requestId: { originatorId: SUPPLIER, targetId, counter: 1 },
  commandVariant,
  serviceReference: reference,
  serviceReferenceVariant: reference,
});

// A request on file, as these clients keep them: the target is filled in, the rest is as it is.
const template = parseDuis(
  "simplified", await readFile(new URL("update_prepayment.xml", import.meta.url), "utf-8"),
);

// ECDSA over the message without its tag; then the length of the signature, and r and s.
async function signGbcs(preCommand, keys) {
  const message = Buffer.from(preCommand, "base64");
  const [known] = await keys.query({
    eui: SUPPLIER, keyUsage: KeyUsage.digitalSignature, role: 2, lookup: "privateKey",
  });
  const signature = sign("sha256", message.subarray(1), {
    key: known.privateKey, dsaEncoding: "ieee-p1363",
  });
  return Buffer.concat([message, Buffer.of(signature.length), signature]).toString("base64");
}

async function prepayment(mailbox, keys) {
  const asked = header(world.esme, 4, "2.1");
  const transformed = await send("/api/v1/serviceT", asked, template.body);
  const { GBCSPayload } = transformed.body.ResponseMessage.PreCommand;
  const { requestId, responseCode } = transformed.header;
  expect(GBCSPayload, `a Pre-Command, not ${responseCode}`);
  report("transform", { responseCode, requestId, octets: Buffer.from(GBCSPayload, "base64").length });

  const signedHeader = { ...header(world.esme, 5, "2.1"), requestId };
  const body = { SignedPreCommand: { GBCSPayload: await signGbcs(GBCSPayload, keys) } };
  const taken = await send("/api/v1/serviceS", signedHeader, body, { preserveCounter: true });
  report("signed pre-command", { responseCode: taken.header.responseCode });

  const answered = await mailbox.first(
    ({ header, body }) =>
      header.requestId?.counter === requestId.counter && body.ResponseMessage?.GBCSPayload,
    "response of the meter",
  );
  report("response", {
    responseCode: answered.header.responseCode,
    requestId: answered.header.requestId,
    payload: answered.body.ResponseMessage.GBCSPayload,
  });
}

async function inventory() {
  const asked = header(ACCESS_CONTROL_BROKER, 8, "8.2");
  const read = await send("/api/v1/serviceD", asked, { ReadInventory: { DeviceID: world.esme } });
  const { Device } = read.body.ResponseMessage.DSPInventory;
  report("inventory", { responseCode: read.header.responseCode, device: Device });
}

async function lookUps(keys) {
  const [device] = await keys.query({
    eui: world.esme, keyUsage: KeyUsage.digitalSignature, lookup: "certificate",
  });
  // The serial is one that the store's own file does not have: it asks the repository.
  const bySerial = await keys.query({ serial: BigInt(world.serial), lookup: "certificate" });
  const unknown = await keys.query({ serial: 0x1234n, lookup: "certificate" });
  report("look-ups", {
    device: device.eui.toString(),
    organisation: bySerial.eui.toString(),
    role: bySerial.role,
    unknown,
  });
}

// The template's low credit threshold is above what any home has: its meter says so.
async function deviceAlert(mailbox) {
  const alert = await mailbox.first(({ body }) => body.DeviceAlertMessage, "device alert");
  report("device alert", {
    responseCode: alert.header.responseCode,
    body: alert.body.DeviceAlertMessage,
  });
}

const mailbox = new Mailbox();
const keys = await BoxedKeyStore.new(world.smki);
try {
  await mailbox.listen(world.receive);
  await inventory();
  await lookUps(keys);
  await prepayment(mailbox, keys);
  await deviceAlert(mailbox);
} finally {
  mailbox.server?.close();
  await keys.cleanup().catch(() => undefined);
}
