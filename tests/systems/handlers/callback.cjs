// From the days before promises: CommonJS, and a callback that is told the error or the result.
'use strict';

const fs = require('fs');

exports.handler = function (event, context, callback) {
    var left = event.Records.length;
    var failed = null;
    if (left === 0) return callback(null, 'nothing to do');

    event.Records.forEach(function (record) {
        var image = record.dynamodb.NewImage || {};
        if (image.poison && image.poison.BOOL === true) {
            failed = new Error('cannot take ' + record.dynamodb.Keys.id.S);
        }
        var entry = { did: 'archive', event: record.eventName, id: record.dynamodb.Keys.id.S };
        entry.remaining = context.getRemainingTimeInMillis() > 0;
        fs.appendFile(process.env.HANDLED, JSON.stringify(entry) + '\n', function (error) {
            failed = failed || error;
            left -= 1;
            if (left === 0) callback(failed, 'archived ' + event.Records.length);
        });
    });
};
