// Gives its event back.
exports.handler = async (event) => event;
