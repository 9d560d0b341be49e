// Drives the official JavaScript client: commands come as JSON lines, and each event is told as one.
// node drive.cjs <address> <token>; an empty token connects as anybody, "ask" asks for one: it comes as {"do": "token", "token": ...}.

const { createInterface } = require("node:readline");
const { Centrifuge } = require("centrifuge");
const WebSocket = require("ws");

const [address, token] = process.argv.slice(2);
const tell = (event, context) => process.stdout.write(`${JSON.stringify({ event, ...context })}\n`);
const tokens = [];
const getToken = () => new Promise((resolve) => (tokens.push(resolve), tell("token", {})));
const given = token === "ask" ? { getToken } : token ? { token } : {};
const client = new Centrifuge(address, { websocket: WebSocket, minReconnectDelay: 50, maxReconnectDelay: 200, ...given });
const subscriptions = new Map();

for (const event of ["connecting", "connected", "disconnected", "error", "subscribed"]) client.on(event, (context) => tell(event, context));

function subscribe({ channel, options }) {
  const made = client.newSubscription(channel, options);
  subscriptions.set(channel, made);
  for (const event of ["subscribing", "subscribed", "unsubscribed", "publication", "join", "leave", "error"]) made.on(event, (context) => tell(event, context));
  made.subscribe();
}

const DEEDS = {
  connect: () => client.connect(),
  disconnect: () => client.disconnect(),
  token: (said) => tokens.shift()(said.token),
  subscribe,
  unsubscribe: ({ channel }) => subscriptions.get(channel).unsubscribe(),
  rpc: async ({ method, data }) => tell("rpc", await client.rpc(method, data)),
  history: async ({ channel, options }) => tell("history", await subscriptions.get(channel).history(options)),
  presence: async ({ channel }) => tell("presence", await subscriptions.get(channel).presence()),
};

createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const said = JSON.parse(line);
    try {
      await DEEDS[said.do](said);
    } catch ({ code, message }) {
      tell("failed", { code, message });
    }
  })
  .on("close", () => process.exit());
