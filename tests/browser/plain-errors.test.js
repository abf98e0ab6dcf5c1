// Errors that are no classes of the author's: `std::io::Error`, boxed errors, `anyhow`.

import * as api from '/fixture/web.js';

import { equal, fails, ok } from './assert.js';

export default function define(test) {
  test('an io error has the code of its kind', async () => {
    const error = await fails(api.failByKind('not_found'));
    equal(error.constructor, Error);
    equal(`${error.message} ${error.code} ${error.errno}`, 'so it is ENOENT undefined');
  });

  test('a boxed error is what is in it', async () => {
    const error = await fails(api.failBoxed());
    equal(`${error.message} ${error.code}`, 'no such row ENOENT');
    let now;
    try {
      api.failNow();
    } catch (thrown) {
      now = thrown;
    }
    equal(now.message, 'just text');
    ok(now.stack.includes('plain-errors.test.js'));
  });

  test('a chain', async () => {
    const error = await fails(api.failAnyhow());
    equal([error, error.cause, error.cause.cause].map((one) => one.message).join(), 'opening,reading the table,no such row');
  });

  test('what JavaScript threw comes out of a chain', async () => {
    const thrown = new TypeError('mine');
    const error = await fails(api.failAs(async () => {
      throw thrown;
    }));
    equal(error.cause, thrown);
  });
}
