import { PrimaryKey, Property, Entity, Index, Check } from '@mikro-orm/decorators/legacy';

/** A table that all shops share. */
@Entity({ schema: 'platform', tableName: 'planets' })
export class Planet {
  @PrimaryKey({ type: 'int' })
  id!: number;
}

/** A shop's table, as it is at first. */
@Entity({ schema: '*', tableName: 'shelves' })
@Index({ name: 'shelves_name_index', properties: ['name'] })
@Check({ name: 'shelves_name_check', expression: `name <> ''` })
export class Shelf {
  @PrimaryKey({ type: 'int' })
  id!: number;

  @Property({ type: 'text', unique: true })
  name!: string;
}

/** The same table, with a column more. */
@Entity({ schema: '*', tableName: 'shelves' })
@Index({ name: 'shelves_name_index', properties: ['name'] })
@Check({ name: 'shelves_name_check', expression: `name <> ''` })
export class ShelfWithNote {
  @PrimaryKey({ type: 'int' })
  id!: number;

  @Property({ type: 'text', unique: true })
  name!: string;

  @Property({ type: 'text', nullable: true })
  note: string | null = null;
}

/** The same table, whose name is called its label. */
@Entity({ schema: '*', tableName: 'shelves' })
@Index({ name: 'shelves_label_index', properties: ['label'] })
@Check({ name: 'shelves_label_check', expression: `label <> ''` })
export class ShelfWithLabel {
  @PrimaryKey({ type: 'int' })
  id!: number;

  @Property({ type: 'text', unique: true })
  label!: string;
}

/** The same table by another name. */
@Entity({ schema: '*', tableName: 'racks' })
@Index({ name: 'shelves_name_index', properties: ['name'] })
@Check({ name: 'shelves_name_check', expression: `name <> ''` })
export class Rack {
  @PrimaryKey({ type: 'int' })
  id!: number;

  @Property({ type: 'text', unique: true })
  name!: string;
}

/** The same table, with what others must not wait for. */
@Entity({ schema: '*', tableName: 'shelves' })
@Index({ name: 'shelves_name_index', properties: ['name'] })
@Index({ name: 'shelves_room_index', properties: ['room'] })
@Check({ name: 'shelves_name_check', expression: `name <> ''` })
@Check({ name: 'shelves_room_check', expression: `room > 0` })
export class ShelfInRoom {
  @PrimaryKey({ type: 'int' })
  id!: number;

  @Property({ type: 'text', unique: true })
  name!: string;

  @Property({ type: 'int', nullable: true })
  room: number | null = null;

  @Property({ type: 'text', nullable: true, unique: true })
  code: string | null = null;
}

/** The same table, whose number stands in place of its name. */
@Entity({ schema: '*', tableName: 'shelves' })
export class ShelfByNumber {
  @PrimaryKey({ type: 'int' })
  id!: number;

  @Property({ type: 'int', unique: true })
  number!: number;
}

/** The same table, whose name has become two columns. */
@Entity({ schema: '*', tableName: 'shelves' })
export class ShelfInParts {
  @PrimaryKey({ type: 'int' })
  id!: number;

  @Property({ type: 'text' })
  room!: string;

  @Property({ type: 'text', nullable: true })
  place: string | null = null;
}

/** Another table, with a name too. */
@Entity({ schema: '*', tableName: 'boxes' })
export class Box {
  @PrimaryKey({ type: 'int' })
  id!: number;

  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'int' })
  width!: number;

  @Property({ type: 'int' })
  height!: number;

  @Property({ type: 'int' })
  depth!: number;
}

/** The other table, whose name is called its label. */
@Entity({ schema: '*', tableName: 'boxes' })
export class BoxWithLabel {
  @PrimaryKey({ type: 'int' })
  id!: number;

  @Property({ type: 'text' })
  label!: string;

  @Property({ type: 'int' })
  width!: number;

  @Property({ type: 'int' })
  height!: number;

  @Property({ type: 'int' })
  depth!: number;
}
