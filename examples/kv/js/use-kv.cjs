// The same package from CommonJS.
'use strict';

const { Client, KvError } = require('kv');

Client.connect('http://elsewhere').then(
  () => {
    throw new Error('this must be refused');
  },
  (error) => {
    if (!(error instanceof KvError.BadUrl)) throw error;
    console.log(`refused: ${error.message}`);
  },
);
