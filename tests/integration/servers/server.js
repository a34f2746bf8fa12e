// The npm package "ws" on node's own HTTP server. usage: node server.js [--tls CERT KEY [CLIENT_CA]] [--unix PATH];
// prints "listening PORT".
// MINT_DEFLATE in the environment: permessage-deflate, with options as the package has them, in JSON.
// http_routes.js: plain answers. ws_commands.js: texts that a WebSocket obeys; all else is echoed. Refusals are below.
'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');
const { WebSocketServer } = require('ws');
const { announce } = require('./lifetime');
const { answer } = require('./http_routes');
const { obey, resume_all } = require('./ws_commands');

// The values behind an option of the command line.
function option(name) {
  const rest = process.argv.slice(2);
  const at = rest.indexOf(name);
  if (at < 0) return undefined;
  const values = rest.slice(at + 1);
  const end = values.findIndex(value => value.startsWith('--'));
  return end < 0 ? values : values.slice(0, end);
}

function make_server(on_request) {
  const files = option('--tls');
  if (files === undefined) return http.createServer(on_request);
  const [cert, key, ca] = files.map(file => fs.readFileSync(file));
  return https.createServer({ cert, key, ca, requestCert: ca !== undefined, rejectUnauthorized: ca !== undefined },
    on_request);
}

const server = make_server((request, response) => {
  if (request.url === '/resume') return response.end(String(resume_all()));
  return answer(request, response);
});
const sockets = new WebSocketServer({
  noServer: true, maxPayload: 256 << 20, perMessageDeflate: JSON.parse(process.env.MINT_DEFLATE || 'false'),
  handleProtocols: offered => ['superchat', 'chat'].find(name => offered.has(name)) || false,
});

function refusal(status, fields, body) {
  return `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n${fields}\r\n${body}`;
}

// What answers an upgrade instead of a WebSocket; `keep` leaves the connection to HTTP.
const refusals = {
  '/401': request => request.headers.authorization === 'Basic bWludDpzZWNyZXQ=' ? undefined
    : { keep: true, text: refusal('401 Unauthorized', 'www-authenticate: Basic realm="mint"\r\n', 'who are you?\n') },
  '/403': () => ({ text: refusal('403 Forbidden', 'connection: close\r\n', 'nope!\n') }),
  '/403-chunked': () => ({
    keep: true, text: 'HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n\r\n3\r\nnop\r\n3\r\ne!\n\r\n0\r\n\r\n',
  }),
  // Where `to` says, or where it came from.
  '/redirect': request => {
    const wanted = new URL(request.url, 'http://h').searchParams;
    const fields = `location: ${wanted.get('to') || request.url}\r\nconnection: close\r\n`;
    return { text: refusal(`${wanted.get('status') || 302} Elsewhere`, fields, 'look there\n') };
  },
  '/302': () => ({ text: refusal('302 Found', 'location: /elsewhere\r\nconnection: close\r\n', '') }),
  '/503': () => ({ keep: true, text: refusal('503 Service Unavailable', 'retry-after: 7\r\n', 'later\n') }),
  '/200': () => ({ keep: true, text: refusal('200 OK', '', 'just a page\n') }),
  '/silent': () => ({ text: undefined }),
  '/end': () => ({ text: '' }),
  '/wrong-accept': () => ({
    text: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n'
      + 'sec-websocket-accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n',
  }),
};

function refuse(request, socket, answer_) {
  if (answer_.text === undefined) return;
  if (!answer_.keep) {
    socket.end(answer_.text);
    return;
  }
  socket.write(answer_.text);
  socket.removeAllListeners('error');
  // The next request on it; over TLS the socket is the decrypted one, which https's own event would decrypt again.
  http.Server.prototype.emit.call(server, server instanceof https.Server ? 'secureConnection' : 'connection', socket);
}

server.on('upgrade', (request, socket, head) => {
  socket.on('error', () => {});
  const path = request.url.split('?')[0];
  const refused = refusals[path] && refusals[path](request);
  if (refused !== undefined) return refuse(request, socket, refused);
  if (path === '/interim') socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n');
  if (path === '/greeting') socket.cork();  // the first frame in the segment of the 101
  return sockets.handleUpgrade(request, socket, head, ws => {
    const context = { ws, request, socket };
    ws.on('error', () => {});
    ws.on('message', (data, is_binary) => {
      if (!is_binary && data[0] === 0x21 && obey(context, data.toString())) return;
      ws.send(data, { binary: is_binary });
    });
    if (path === '/greeting') {
      ws.send('welcome');
      socket.uncork();
    }
  });
});
announce(server, option('--unix')?.[0]);
