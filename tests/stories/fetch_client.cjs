// A program that uses the fetch of Node.js itself, through the proxy that HTTP_PROXY names. Standard
// input says what it asks for, one after the other; it prints one line of JSON: the statuses.

const { readFileSync } = require('node:fs');
const { ProxyAgent, setGlobalDispatcher } = require('undici');

setGlobalDispatcher(new ProxyAgent(process.env.HTTP_PROXY));

(async () => {
  const statuses = [];
  for (const { url, token } of JSON.parse(readFileSync(0, 'utf8'))) {
    const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
    await answer.arrayBuffer();
    statuses.push(answer.status);
  }
  console.log(JSON.stringify(statuses));
  process.exit();
})();
