// A web application's HTTP client as many write it with axios: an interceptor adds the token, another
// refreshes it after a 401 and asks again. Standard input says what it is set up with and what it
// asks for; it prints one line of JSON: the statuses.

const { readFileSync } = require('node:fs');
const axios = require('axios');

const { baseURL, store, calls, refreshed } = JSON.parse(readFileSync(0, 'utf8'));
const http = axios.create({ baseURL, timeout: 20000 });

http.interceptors.request.use((config) => {
  // The line in which `undefined` gets into so many headers.
  config.headers.Authorization = `Bearer ${store.token}`;
  return config;
});
http.interceptors.response.use(undefined, (error) => {
  const { config, response } = error;
  if (response?.status !== 401 || !refreshed || config.isAgain) throw error;
  store.token = refreshed;
  return http({ ...config, isAgain: true });
});

(async () => {
  const statuses = [];
  for (const call of calls) {
    const answer = await http(call).catch(({ response }) => response);
    statuses.push(answer?.status ?? 0);
  }
  console.log(JSON.stringify(statuses));
})();
