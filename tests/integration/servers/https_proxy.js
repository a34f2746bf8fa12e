// An HTTPS proxy that knows CONNECT, for user:secret. usage: node https_proxy.js CERT KEY; prints "listening PORT".
'use strict';
const fs = require('fs');
const https = require('https');
const net = require('net');
const { announce } = require('./lifetime');

const credentials = `Basic ${Buffer.from('user:secret').toString('base64')}`;
const [cert, key] = process.argv.slice(2).map(file => fs.readFileSync(file));

const server = https.createServer({ cert, key }, (request, response) => {
  response.statusCode = 405;
  response.end('CONNECT only\n');
});
server.on('connect', (request, client, head) => {
  client.on('error', () => {});
  if (request.headers['proxy-authorization'] !== credentials) {
    client.end('HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="mint"\r\n'
      + 'content-length: 13\r\n\r\nwho are you?\n');
    return;
  }
  const [host, port] = request.url.split(':');
  const target = net.connect(Number(port), host === 'localhost' ? '127.0.0.1' : host, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    target.write(head);
    target.pipe(client);
    client.pipe(target);
  });
  target.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n'));
  client.on('close', () => target.destroy());
});
announce(server);
