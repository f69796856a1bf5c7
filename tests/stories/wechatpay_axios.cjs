// A merchant's server that uses wechatpay-axios-plugin as its manual says. Standard input says what
// it is set up with and what it orders; it prints one line of JSON: what was answered.

const { readFileSync } = require('node:fs');
const { Wechatpay } = require('wechatpay-axios-plugin');

const { settings, api, order, indented } = JSON.parse(readFileSync(0, 'utf8'));
const wxpay = new Wechatpay(settings);
const resource = api === 'v3' ? wxpay.v3.pay.transactions.native : wxpay.v2.pay.unifiedorder;
// The library signs its own JSON text; what axios sends may be told to look otherwise.
const options = indented ? { transformRequest: [(data) => JSON.stringify(data, null, 2)] } : {};

resource.post(order, options)
  .then(({ status, data }) => ({ status, data }))
  .catch(({ message, response }) => ({ message, status: response?.status, data: response?.data }))
  .then((answer) => console.log(JSON.stringify(answer)));
