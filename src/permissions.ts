/** What somebody may do. Each field of the API says which of these it needs. */
export enum Permission {
  /** Signing in, and what else nobody has to be known for. */
  PUBLIC = 'PUBLIC',
  /** One's own account: who one is, the password, the sessions. */
  OWN_ACCOUNT = 'OWN_ACCOUNT',
  COUNTRIES_READ = 'COUNTRIES_READ',
  COUNTRIES_WRITE = 'COUNTRIES_WRITE',
  CATALOGUE_READ = 'CATALOGUE_READ',
  CATALOGUE_WRITE = 'CATALOGUE_WRITE',
  STOCK_READ = 'STOCK_READ',
  STOCK_WRITE = 'STOCK_WRITE',
  CUSTOMERS_READ = 'CUSTOMERS_READ',
  CUSTOMERS_WRITE = 'CUSTOMERS_WRITE',
  PERSONAL_DATA_READ = 'PERSONAL_DATA_READ',
  PERSONAL_DATA_MANAGE = 'PERSONAL_DATA_MANAGE',
  ORDERS_READ = 'ORDERS_READ',
  ORDERS_WRITE = 'ORDERS_WRITE',
  STATISTICS_READ = 'STATISTICS_READ',
  HISTORY_READ = 'HISTORY_READ',
  TASKS_READ = 'TASKS_READ',
  TASKS_WRITE = 'TASKS_WRITE',
  GUIDE_READ = 'GUIDE_READ',
  GUIDE_WRITE = 'GUIDE_WRITE',
  WEBHOOKS_MANAGE = 'WEBHOOKS_MANAGE',
  USERS_READ = 'USERS_READ',
  USERS_MANAGE = 'USERS_MANAGE',
  TENANTS_MANAGE = 'TENANTS_MANAGE',
  COST_READ = 'COST_READ',
}

/** What each permission is about, for people. */
export const permissionMeanings: Record<Permission, string> = {
  PUBLIC: 'Sign in, register a shop, activate an account, reset a forgotten password',
  OWN_ACCOUNT: 'See and change the own account and its sessions',
  COUNTRIES_READ: 'See the countries',
  COUNTRIES_WRITE: 'Add and rename countries, for all shops',
  CATALOGUE_READ: 'See products, and stores with their addresses',
  CATALOGUE_WRITE: 'Make, change and retire products and stores',
  STOCK_READ: 'See what lies where',
  STOCK_WRITE: 'Count and correct stock',
  CUSTOMERS_READ: 'See customers without personal values, such as who ordered what by id',
  CUSTOMERS_WRITE: 'Make and change customers and their addresses',
  PERSONAL_DATA_READ: 'See names, contacts and streets, and search by them',
  PERSONAL_DATA_MANAGE: 'Merge, export and erase customers',
  ORDERS_READ: 'See orders',
  ORDERS_WRITE: 'Place, change, complete and cancel orders',
  STATISTICS_READ: 'See the figures',
  HISTORY_READ: 'See who changed what and when',
  TASKS_READ: 'See the tasks of the staff',
  TASKS_WRITE: 'Make, change, complete and delete tasks',
  GUIDE_READ: 'Read and search the Guide',
  GUIDE_WRITE: 'Write pages of the Guide',
  WEBHOOKS_MANAGE: 'See and change webhooks and their deliveries',
  USERS_READ: 'See the other users of the shop',
  USERS_MANAGE: 'Invite, change and deactivate users, and end their sessions',
  TENANTS_MANAGE: 'See, make, rename, suspend, resume and remove shops',
  COST_READ: 'See what a query costs the database, with its statements',
};

/** What somebody is to a shop, or to the platform. */
export enum Role {
  OWNER = 'OWNER',
  MANAGER = 'MANAGER',
  CLERK = 'CLERK',
  ANALYST = 'ANALYST',
  OPERATOR = 'OPERATOR',
}

const {
  PUBLIC,
  OWN_ACCOUNT,
  COUNTRIES_READ,
  COUNTRIES_WRITE,
  CATALOGUE_READ,
  COST_READ,
  STOCK_READ,
  STOCK_WRITE,
  CUSTOMERS_READ,
  CUSTOMERS_WRITE,
  PERSONAL_DATA_READ,
  ORDERS_READ,
  ORDERS_WRITE,
  STATISTICS_READ,
  HISTORY_READ,
  TASKS_READ,
  TASKS_WRITE,
  GUIDE_READ,
  USERS_READ,
  USERS_MANAGE,
  TENANTS_MANAGE,
} = Permission;

const anonymous = [PUBLIC, COUNTRIES_READ];
const signedIn = [...anonymous, OWN_ACCOUNT];
const operator = [...signedIn, COUNTRIES_WRITE, HISTORY_READ, USERS_READ, USERS_MANAGE, TENANTS_MANAGE, COST_READ];

/** What only the platform's operators do, since it concerns all shops. */
const ofPlatform = [COUNTRIES_WRITE, TENANTS_MANAGE];

const owner = Object.values(Permission).filter(permission => !ofPlatform.includes(permission));
const analyst = [...signedIn, CATALOGUE_READ, STOCK_READ, CUSTOMERS_READ, ORDERS_READ, STATISTICS_READ, GUIDE_READ];
const clerk = [
  ...analyst,
  PERSONAL_DATA_READ,
  CUSTOMERS_WRITE,
  ORDERS_WRITE,
  STOCK_WRITE,
  HISTORY_READ,
  TASKS_READ,
  TASKS_WRITE,
  USERS_READ,
];

/** What people may do, by their role. A manager may do what an owner may, except to owners and managers (see auth/managed-roles). */
export const permissionsOfRole: Record<Role, ReadonlySet<Permission>> = {
  OWNER: new Set(owner),
  MANAGER: new Set(owner),
  CLERK: new Set(clerk),
  ANALYST: new Set(analyst),
  OPERATOR: new Set(operator),
};

/** What those may do who have not signed in. */
export const permissionsOfAnonymous: ReadonlySet<Permission> = new Set(anonymous);

/** What those may do who have not signed in, where a shop's catalogue is open to all. */
export const permissionsOfVisitor: ReadonlySet<Permission> = new Set([...anonymous, CATALOGUE_READ, GUIDE_READ]);
