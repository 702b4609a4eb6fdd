// Waits until so many calls have come to a folder; answers with its process.
const fs = require('fs');
const path = require('path');

let calls = 0;

exports.handler = async (event) => {
  const [folder, wanted] = event.toString().split(' ');
  fs.writeFileSync(path.join(folder, `${process.pid}-${++calls}`), '');
  while (fs.readdirSync(folder).length < Number(wanted)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return String(process.pid);
};
